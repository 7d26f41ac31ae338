"""One file a vendor: which exports it writes and how they map to the canonical model."""
