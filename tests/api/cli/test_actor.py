"""Who records on the command line, and how that is known: by a key, as the user logged in, or by a name that counts
for nothing. Then a whole way with two people, without MCSC_TRUST_NAMES."""

from api.cli.actor import as_actor, os_user

US = os_user()
ME = as_actor(US)
"""The admin of every ledger here: whoever runs the tests."""
