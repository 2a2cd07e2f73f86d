// Before the page is drawn: the theme that was chosen, else that of the system.
"use strict";
const chosen = localStorage.getItem("theme");
if (chosen) document.documentElement.dataset.theme = chosen;
