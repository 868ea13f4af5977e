"""Google Drive: files and folders that Reelkey made, in My Drive or a shared drive (API version 3)."""
