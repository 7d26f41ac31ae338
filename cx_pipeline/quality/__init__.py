"""The proof: ledger, fates, quarantine, check results."""
