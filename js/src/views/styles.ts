import base from "../ui/base.css";
import controls from "../ui/controls.css";
import curves from "./curves.css";
import editor from "./editor.css";
import lab from "./lab.css";
import tiles from "./tiles.css";
import timeline from "./timeline.css";

/** The styles of all views but the explorer. */
export const styles = base + controls + tiles + editor + curves + lab + timeline;
