/** Drawings by their use, as paths for `icon`. */
export const icons = {
    close: 'M6 6l12 12M18 6L6 18',
    menu: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
    send: 'M12 20V4M5 11l7-7 7 7',
    stop: 'M7 7h10v10H7z',
    up: 'M7 11l4-8a2.5 2.5 0 0 1 2.5 2.5V9H19a2 2 0 0 1 2 2.3l-1.2 7A2 2 0 0 1 17.8 20H7zM7 11H4v9h3',
    down: 'M17 13l-4 8a2.5 2.5 0 0 1-2.5-2.5V15H5a2 2 0 0 1-2-2.3l1.2-7A2 2 0 0 1 6.2 4H17zM17 13h3V4h-3',
};
