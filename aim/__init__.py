"""Active Intelligence Mapping: police, council and fire on one map, in the words of the National Intelligence Model."""
