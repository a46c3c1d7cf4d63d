"""Links: what two feeds report of one event, scored, one to one, and open to a reviewer's word."""
