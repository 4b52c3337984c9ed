// Shutter, camera controls and view tools; loaded after the first frame.

import { Me, signInAddress } from "./access/me.js";
import { CaptureBar } from "./capture/bar.js";
import { Chooser } from "./chooser.js";
import { Drawer } from "./controls/drawer.js";
import { element } from "./element.js";
import { t } from "./i18n/translate.js";
import { Tools } from "./picture/tools.js";

export class Workbench {
  // `page`, `frame`, `layer`: the elements of that name; `bar` and `controls` are filled; `base`: the camera's routes.
  constructor({ page, frame, layer, bar, controls, picture, base }) {
    this.chooser = new Chooser();
    this.tools = new Tools({ frame, layer, screen: page, picture, base, beside: this.chooser.root });
    const { tapping } = this.tools;
    this.capture = new CaptureBar({ bar, stage: frame, base, onPixels: (pixels) => tapping.measured(pixels) });
    const onAble = (able) => {
      this.capture.allow(able);
      tapping.allow(able);
    };
    const onLimits = (limits) => this.capture.limit(limits);
    this.me = new Me();
    this.drawer = new Drawer({ root: controls, side: this.capture.side, base, me: this.me, onAble, onLimits });
    this.identify();
  }

  async identify() {
    await this.me.read();
    if (!this.me.may("capture")) this.capture.forbid(element("a", { href: signInAddress("guest") }, t("access.sign_in")));
  }

  // `settled`: whether the camera's abilities may be requested now.
  update(reachable, snapshot, settled) {
    this.chooser.update(reachable);
    this.capture.update(reachable, snapshot);
    this.drawer.update(reachable, snapshot, settled);
  }

  judged(found) {
    this.tools.judged(found);
  }
}
