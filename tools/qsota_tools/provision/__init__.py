"""A board's flash as it leaves provisioning, and a board on USB."""
