"""Who may see and do what: roles as data, principals, accounts, keys, agreements, suppression."""
