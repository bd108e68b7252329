"""The contract between what is watched and who watches: frames flow out, commands flow in."""
