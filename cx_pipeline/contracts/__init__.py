"""The canonical model as row contracts, and the one function that splits a batch by them."""
