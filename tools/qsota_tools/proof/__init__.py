"""What is done to a device to show that it survives."""
