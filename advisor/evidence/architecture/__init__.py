"""What the model is made of: its layers, their order, their regularization, the optimizer."""
