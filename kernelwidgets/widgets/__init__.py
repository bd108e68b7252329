"""Views of kernels, feature maps and training, each a widget that works alone."""
