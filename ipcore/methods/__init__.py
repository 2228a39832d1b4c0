"""The rules that set gain and bias of a neuron, for NumPy arrays and tensors alike."""
