"""What other services tell us by themselves: one file for each, signed or refused."""
