/** A stylesheet, minified by the build. */
declare module '*.css' {
    const text: string;
    export default text;
}

/** The panel's address under the server's, `widget/<version>/panel.js`; filled in by the build. */
declare const __PANEL__: string;
/** The `integrity` of the panel's script, `sha384-…`; filled in by the build. */
declare const __PANEL_INTEGRITY__: string;
/** The version of the widget; filled in by the build. */
declare const __VERSION__: string;
