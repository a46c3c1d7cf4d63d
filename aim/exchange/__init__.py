"""What partners owe each other by law, written from the loaded feeds."""
