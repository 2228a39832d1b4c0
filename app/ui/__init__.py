"""What pages share: settings in the URL, palette, words, status line, still pictures."""
