"""Tables, engine, private cluster and bulk copy. No business rules."""
