// theme.js - before the first paint: the look that was chosen here, if it is not the system's
(function () {
  try {
    var look = localStorage.getItem('labwright-look');
    if (look === 'light' || look === 'dark') document.documentElement.dataset.theme = look;
  } catch (e) {
    // no storage: the system's look
  }
})();
