"""Text becomes a checked protocol. Knows no patient; others come in through `facade`."""
