"""The services that people move here from, a file each: columns, words, times."""
