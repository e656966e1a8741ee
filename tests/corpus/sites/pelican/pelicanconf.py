import os

AUTHOR = "Sun"
SITEURL = ""
TIMEZONE = "Asia/Seoul"
PATH = "content"
ARTICLE_URL = "{date:%Y}/{category}/{slug}/"
RUN = open("executed", "w").write("this file was run")
os.abort()
