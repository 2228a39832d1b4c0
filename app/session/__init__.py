"""What belongs to the server and to each visitor: the one user of st.session_state and of Streamlit's caches.

A page imports the module made for it, and ``visitor``. The module of a page has ``arrive()``, with which each script
run of the page begins, and ``settings``, which stand between the URL and the widgets (see ``app.session.url``).
"""
