"""The figures of the documents, measured."""
