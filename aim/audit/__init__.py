"""The log of what was done and who looked (Data Protection Act 2018, section 62): written, verified, handed out."""
