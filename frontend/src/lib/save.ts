/** Hand text to the person as a file. */
export function saveText(name: string, text: string, kind: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: kind }));
  saveAddress(name, address);
  URL.revokeObjectURL(address);
}

/** Hand what is at an address to the person as a file. */
export function saveAddress(name: string, address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
