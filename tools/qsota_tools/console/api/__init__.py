"""The REST API: one file of routes for each concern, thin over the desk's classes."""
