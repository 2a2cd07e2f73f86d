"""Packages: images, payloads, headers and signatures, made and judged."""
