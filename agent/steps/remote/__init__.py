"""The sink of the sftp step: who the server is, who we are, and what is moved."""
