"""What the loader leaves for the library."""


class BootState:
    kept = False

    def __init__(self, records, record, slot=None):
        self.records = records
        self.record = record
        self.slot = slot
