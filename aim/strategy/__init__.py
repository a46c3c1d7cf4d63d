"""The control strategy as data: priorities, levels, owners, strands, targets, versions."""
