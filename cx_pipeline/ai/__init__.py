"""Datasets for models: conversations, chunks, fine-tuning files and features, cut from the published tables."""
