"""What a kernel is: hand-made kernels, convolution and description, in numpy and scipy only."""
