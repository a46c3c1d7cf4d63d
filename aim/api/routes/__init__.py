"""Routes, by resource. Each reads its parameters, asks one room, and sends what it got."""
