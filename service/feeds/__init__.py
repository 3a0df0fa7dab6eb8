"""Calendar feeds: links that calendar programs fetch, answered from stored bytes."""
