"""A repository as DSpace serves one: several contexts over the same items."""
