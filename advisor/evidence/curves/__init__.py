"""What a training history shows: its losses and accuracies, their noise, gaps and trends."""
