"""The Developer Center: plans, and who gets them when."""
