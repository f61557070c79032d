/** What a person writes for an address, as the core takes it: «192.168.1.64» is meant as http. */
export function meantUrl(text: string): string {
  const bare = text.trim().replace(/\/+$/, '');
  return bare === '' || /^[a-z][a-z\d+.-]*:\/\//i.test(bare) ? bare : `http://${bare}`;
}
