"""How well real people, masked ones and harmless numbers are told apart, on values made here and nowhere else used."""
