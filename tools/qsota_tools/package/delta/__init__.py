"""What turns one image into another."""
