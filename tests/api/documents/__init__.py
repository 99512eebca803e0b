"""Documents kept beside the ledger."""
