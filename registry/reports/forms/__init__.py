"""One module for each printable: it gathers plain data and draws bytes."""
