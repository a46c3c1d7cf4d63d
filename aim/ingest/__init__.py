"""From a file to normal, indexed rows: nothing lost, nothing guessed."""
