"""System messages, such as confirmations, that wait to leave; written with what caused them."""
