"""Who asks: from a cookie, a key or the demo to a principal, before any route is reached."""
