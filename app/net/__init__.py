"""What every client of ours needs of HTTP: bounded answers, and foreign errors in words for people."""
