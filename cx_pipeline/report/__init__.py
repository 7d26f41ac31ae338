"""The audit of customer experience as one page: read from the published file, drawn without help, escaped throughout."""
