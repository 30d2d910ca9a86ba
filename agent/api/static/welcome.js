/* What is behind # in the link is sent by the form alone, and then stands in no address any more. */
"use strict";
if (location.hash.length > 1) {
  document.getElementById("link").value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
