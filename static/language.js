// The language: what the address asks for, what this tab or an earlier visit chose, what the browser prefers.
// The page says it in `<html lang>`, which the module follows.
{
  const read = (storage) => {
    try {
      return self[storage].getItem('millrace.language');
    } catch {
      return null;
    }
  };
  const asked = new URLSearchParams(location.search).get('lang');
  const wanted = [asked, read('sessionStorage'), read('localStorage'), ...navigator.languages];
  const tags = wanted.map((tag) => String(tag).split('-')[0].toLowerCase());
  document.documentElement.lang = tags.find((tag) => tag === 'en' || tag === 'de') ?? 'en';
  if (document.documentElement.lang === 'de' && document.title) document.title = 'millrace: ein Spielplatz für Event Streaming';
  try {
    // The address loses its question once a link has been opened; the tab keeps its answer.
    if (asked) sessionStorage.setItem('millrace.language', document.documentElement.lang);
  } catch {
    // Without storage the address decides each time.
  }
}
